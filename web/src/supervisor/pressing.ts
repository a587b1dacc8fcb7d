// Which steps press for a matter: those whose effect is to urge or to supervise, whatever a pack calls them.
import type { Option } from '@/shared/matters'

const EFFECTS = ['urge', 'supervise']

export const pressing = (options: readonly Option[]): Option[] =>
  options.filter((one) => one.does?.some((effect) => EFFECTS.includes(effect)))
