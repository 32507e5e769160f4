import type { SameKeys } from '..'
import type { zh } from '../zh/problems'

export const en = {
  offline: { title: 'No network', help: 'It goes on once you are connected. What you filled in is kept.' },
  unknown: { title: 'That did not work', help: 'What you filled in is kept. Wait a moment and try again.' },
  code: {
    internal: 'Something went wrong on the server; it has been noted',
    'not-found': 'Not found; it may have been moved',
    'sign-in-needed': 'Please sign in again',
    'not-your-role': 'This step belongs to another role',
    'bad-request': 'The server did not understand this request',
    invalid: 'Some fields are not right yet',
    'method-not-allowed': 'The server does not accept this kind of request',
    'too-large': 'The file is too large; a photo may have 20 MB',
    'unsupported-media': 'This kind of file cannot be used: JPEG, PNG, WebP or HEIC please',
    'slow-down': 'A little too fast; please wait a moment',
    unavailable: 'The server is busy; one moment',
    'storage-full': 'The server is full; the administrator has been told',
    'version-conflict': 'Someone changed it; here is the latest',
  },
} satisfies SameKeys<typeof zh>
