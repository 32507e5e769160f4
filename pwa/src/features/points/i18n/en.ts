import type { SameKeys } from '@/core/i18n'
import type { zh } from './zh'

export const en = {
  title: 'Duty', print: 'Print', xlsx: 'Spreadsheet', none: 'None', today: 'Today', noName: 'Nobody yet', all: 'All',
  tab: { table: 'Points', grids: 'Grids', declared: 'Declared', shops: 'Shops', pairs: 'Pairs' },
  tabs: 'Parts of duty',
  point: {
    one: 'Point', key: 'Key point', notPoint: 'Not a point', off: 'Switched off', profile: 'Standard', profiles: { sit_on_the_ground: 'Clean enough to sit on' },
    who: 'Who answers', open: 'Open', around: 'Surroundings', aroundHint: 'Quarters, alleys and roads outside the point, within {m} m', noOpen: 'Nothing open here that you may see', noAround: 'Nothing open around it that you may see', cases: 'Cases', overdue: '{n} overdue', more: '{n} more: see the cases',
    items: 'What is checked', version: 'Standard version {version}', noItems: 'Nothing is checked at this type of point yet', itemsN: '{n} item||{n} items', since: 'from {from}', until: 'until {until}', where: 'Where', address: 'Address', grid: 'Grid', territory: 'Territory', type: 'Type', map: 'Map of the point', report: 'Report a problem',
    clean: 'All fine', score: 'Score {n}', visits: 'Last visits', noVisits: 'No visit that you may see', unit: 'Responsible unit', support: 'Support unit', chief: 'Point chief',
  },
  kind: { leader_area: 'Area leader', department: 'Department', self_check: 'Self-check', watch: 'Three a day', citizen_patrol: 'Citizen patrol', third_party_grid: 'Third party', video: 'Video', follow_up: 'Look-back', fixed_time_point: 'Fixed time', supervision: 'Supervision', daily: 'Daily', baseline: 'Baseline', special: 'Special', key_point: 'Key points' },
  role: { area_leader: 'Area leader', point_chief: 'Point chief', adopter: 'Adopter', support: 'Support unit', stationed: 'Stationed unit' },
  method: { observe: 'Look', count: 'Count', ask: 'Ask', measure: 'Measure' },
  table: {
    point: 'Point', type: 'Type', territory: 'Territory', leader: 'Area leader', chief: 'Point chief', unit: 'Responsible unit', support: 'Support unit', phone: 'Phone', duty: 'Duty', milestone: 'Milestone', measure: 'Measure', missing: 'Missing',
    keyCover: 'Key points with a leader', cover: 'All points with a leader', leaders: 'Leaders with a point', load: '{n} key points each', complete: 'All four said', completeHint: 'Area, duty, milestone, measure', adoption: '{type} adopted', adoptionText: '{n} / {d} by exactly one unit', adoptionNone: 'Nobody: {codes}', adoptionSeveral: 'More than one: {codes}', adoptionTimes: '{n} person-times signed in', idle: 'Leaders without a point: {names}',
    on: 'On which day', filter: 'Which ones', only: { all: 'All', key: 'Key', missing: 'Incomplete' }, empty: 'No such point', miss: { leader: 'no leader', duty: 'no duty', milestone: 'no milestone', measure: 'no measure' }, ok: 'Complete', printed: 'Responsibility table, {day}, {n} points', stationed: 'Stationed', adopter: 'Adopted by',
  },
  grid: {
    full: 'Duty accepted in full', named: 'named', accepted: 'accepted', part: { support_unit: 'Support unit', community: 'Community', officer: 'Grid officer' }, accept: 'Accept', acceptFor: 'Accept as {part}', acceptAsk: 'Accept the duty for {grid}?', acceptText: 'In the name of {name}. Who accepted and when is written down.', done: 'Accepted', wait: 'Not accepted yet', nobody: 'Nobody named yet', at: '{at} {by}', mine: 'My grids', others: 'All grids', empty: 'No grids', noMine: 'No grid waits for you',
    levels: 'Who responds', level: 'Level {n}', levelHint: { 1: 'ordinary', 2: 'urgent', 3: 'difficult' }, tier: { officer: 'Grid officer', support_unit: 'Support unit', community: 'Community', town: 'Town', departments: 'Departments', 'town+departments': 'Town and departments' }, area: '{n} m²', grid: 'Grid', check: 'Check borders', checked: 'Checked: {grids} grids, {points} points', checkOk: 'No overlap, no hole, and every point lies in one grid', overlaps: 'Overlaps', holes: 'Holes', outside: 'Points in no grid', several: 'Points in several grids', m2: '{n} m²',
  },
  declared: {
    version: 'Version {n}', choose: 'Which version', points: 'Points', key: 'Key', missing: 'No point yet', source: '{file} · {at} {by}', empty: 'No declaration yet', emptyText: 'Import a list of declared points in the settings: it becomes the first version.', importNow: 'Import', byType: 'By type', changes: 'Since the version before', added: '{n} added', removed: '{n} left out', changed: '{n} changed', same: 'The same as before', code: 'Code', name: 'Name', type: 'Type', address: 'Address', unit: 'Unit', has: 'Has a point', hasNot: 'No point', inArea: 'Only one area', area: 'Area', areaHint: 'Press the corners of the area on the map, three at least', areaClear: 'No area', areaN: '{n} corner||{n} corners', onlyMissing: 'Only those without', field: { type_code: 'type', name_zh: 'name', address: 'address', is_key: 'key', lon: 'longitude', lat: 'latitude', unit_id: 'unit' },
  },
  shop: {
    empty: 'No shops yet', emptyText: 'Add one here, or send a table under Settings, Imports.', shops: 'Shops', signed: 'Signed', cases: 'Cases named with a shop', casesHint: 'in half a year, with their order', chronic: 'Again and again', chronicHint: '{n} times or more in half a year', add: 'Add a shop', edit: 'Change', onlyUnsigned: 'Not signed', search: 'Name, code or address', importNow: 'Import a table', worst: 'Fronts where it comes back', times: '{n} times ({cases} cases, {relapses} relapses), {open} open', last: 'last on {day}', again: 'Chronic', signedOn: 'Signed {day}', notSigned: 'Not signed', owner: 'Owner', phone: 'Telephone', call: 'Show number', saved: 'Saved', save: 'Save', cancel: 'Cancel', more: 'More', noPhone: 'No number was given',
    duties: 'Answers for', duty: { hygiene: 'Hygiene', greenery: 'Greenery', order: 'Order', facilities: 'Facilities', dissuasion: 'Dissuasion' }, here: 'Shops and their fronts', none: 'No shop is on record at this point',
    f: { code: 'Code', zh: 'Name (Chinese)', en: 'Name (English)', address: 'Address', point: 'Point', pointHint: 'Not chosen: by its position', unit: 'Kept by', lon: 'Longitude', lat: 'Latitude', reach: 'Front (metres)', owner: 'Owner', phone: 'Telephone', phoneHint: 'Only its last digits are shown; leave empty to keep it', signed: 'Signed on', active: 'In business', ownerClear: 'Take out owner and telephone' },
  },
  pair: { empty: 'No pairs in this campaign yet', emptyText: 'A village and a neighbourhood committee pair up to look and to help.', edit: 'Change pairs', a: 'Village', b: 'Committee', alone: 'Without a partner: {names}', add: 'Add a pair', remove: 'Remove this pair', save: 'Save', cancel: 'Cancel', saved: 'Saved', twice: 'Each unit belongs to one pair only', partner: 'Partner {name}', open: '{n} open', overdue: '{n} overdue', none: 'Nothing open', noPlace: 'Not at a point' },
} satisfies SameKeys<typeof zh>
