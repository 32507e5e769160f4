"""咬尾巴: neighbourhoods inspect each other, unannounced. Nothing of a round shows to the inspected side before its release."""
