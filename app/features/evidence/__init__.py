"""Does the after photo prove the fix? The engine that hints, and its command. A person decides."""
