// What a group of rates is called: by its unit, its ground, the words of its pack, or as it is.
import { placeName, unitName } from '@/shared/called'
import { usePosts } from '@/shared/duties'
import { i18n } from '@/shared/i18n'
import { word, type Line } from '@/shared/packs'
import type { By } from './asking'

export function useNames(lines: () => readonly Line[]) {
  const { any } = usePosts()
  const { t } = i18n.global
  const worded = (procedure: string, section: string, name: string): string =>
    procedure ? word(procedure, section, name) : any(section, name)

  function nameOf(by: By, group: string, procedure: string): string {
    if (by === 'all') return t('supervisor.whole')
    if (by === 'unit') return group ? unitName(group) : t('supervisor.nobody')
    if (by === 'district' || by === 'town' || by === 'community') {
      return group ? placeName(group) : t('supervisor.nowhere')
    }
    if (by === 'category') return group ? worded(procedure, 'category', group) : t('supervisor.uncategorised')
    if (by === 'procedure') return lines().find((one) => one.name === group)?.title ?? group
    return by === 'kind' || by === 'channel' ? worded(procedure, by, group) : group
  }

  return { nameOf }
}
