// The lists that can be taken in, and their columns. What a column may hold is the server's business.
interface Column {
  name: string
  zh: string
  isNeeded?: boolean
  sample: string
}

export type ListName = 'units' | 'people' | 'posts' | 'deputies' | 'shifts'

const FROM: Column = { name: 'valid_from', zh: '起始日期', sample: '2026-01-01' }
const TO: Column = { name: 'valid_to', zh: '终止日期', sample: '' }

export const LISTS: { name: ListName; columns: Column[] }[] = [
  {
    name: 'units',
    columns: [
      { name: 'code', zh: '单位编码', isNeeded: true, sample: 'U001' },
      { name: 'name', zh: '单位名称', isNeeded: true, sample: '示例街道办事处' },
      { name: 'kind', zh: '单位类别', isNeeded: true, sample: 'town_office' },
      { name: 'territory', zh: '辖区编码', isNeeded: true, sample: '330212001' },
      { name: 'parent', zh: '上级单位编码', sample: '' },
      FROM,
      TO,
      { name: 'phone', zh: '联系电话', sample: '' },
      { name: 'address', zh: '办公地址', sample: '' },
    ],
  },
  {
    name: 'people',
    columns: [
      { name: 'id', zh: '人员编号', isNeeded: true, sample: '10001' },
      { name: 'name', zh: '姓名', isNeeded: true, sample: '张三' },
    ],
  },
  {
    name: 'posts',
    columns: [
      { name: 'id', zh: '岗位编码', isNeeded: true, sample: 'P001' },
      { name: 'person', zh: '人员编号', isNeeded: true, sample: '10001' },
      { name: 'name', zh: '姓名', isNeeded: true, sample: '张三' },
      { name: 'unit', zh: '单位编码', isNeeded: true, sample: 'U001' },
      { name: 'duties', zh: '职责', isNeeded: true, sample: 'handler、grid_worker' },
      { name: 'territory', zh: '辖区编码', sample: '330212001' },
      FROM,
      TO,
    ],
  },
  {
    name: 'deputies',
    columns: [
      { name: 'id', zh: '代理编号', isNeeded: true, sample: 'D001' },
      { name: 'post', zh: '被代理岗位', isNeeded: true, sample: 'P001' },
      { name: 'acting', zh: '代理岗位', isNeeded: true, sample: 'P002' },
      { ...FROM, isNeeded: true },
      { ...TO, isNeeded: true, sample: '2026-02-01' },
      { name: 'reason', zh: '事由', sample: '出差' },
    ],
  },
  {
    name: 'shifts',
    columns: [
      { name: 'id', zh: '值班编号', isNeeded: true, sample: 'S001' },
      { name: 'unit', zh: '单位编码', isNeeded: true, sample: 'U001' },
      { name: 'post', zh: '岗位编码', isNeeded: true, sample: 'P001' },
      { name: 'starts_at', zh: '开始时间', isNeeded: true, sample: '2026-01-01 08:00' },
      { name: 'ends_at', zh: '结束时间', isNeeded: true, sample: '2026-01-01 20:00' },
      { name: 'role', zh: '值班类别', sample: '' },
    ],
  },
]

/** A file to fill in: the columns as they are called, and one line to show how. */
export function sampleOf(what: ListName, language: 'zh' | 'en'): string {
  const columns = LISTS.find((one) => one.name === what)?.columns ?? []
  return `${columns.map((one) => (language === 'zh' ? one.zh : one.name)).join(',')}\r\n${columns.map((one) => one.sample).join(',')}\r\n`
}
