import { expect, it } from 'vitest'
import { toGcj02 } from './gcj02'

it.each([[120.10198, 31.18224, 120.10686607929027, 31.18036195261893], [116.404, 39.915, 116.41024449916938, 39.91640428150164], [121.0, 31.0, 121.0043642117433, 30.997849287527668]])('shifts like the server does', (lon, lat, east, north) => {
  const [x, y] = toGcj02(lon, lat)
  expect(x).toBeCloseTo(east, 7)
  expect(y).toBeCloseTo(north, 7)
})
it('leaves positions outside alone', () => expect(toGcj02(2.35, 48.85)).toEqual([2.35, 48.85]))
