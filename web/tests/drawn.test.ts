import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, describe, expect, test } from 'vitest'
import { createI18n } from 'vue-i18n'
import { KIT, type Kit } from '@/shared/forms/kit'
import PackForm from '@/shared/forms/PackForm.vue'
import deskKit from '@/shared/jsonforms/desk-kit'
import phoneKit from '@/shared/jsonforms/phone-kit'
import messages from '@/shared/i18n/words'

const SCHEMA = {
  type: 'object', additionalProperties: false, required: ['met'],
  properties: {
    met: { type: 'string', enum: ['resident', 'nobody'] },
    remark: { type: 'string', maxLength: 2000 },
    minutes: { type: 'integer', minimum: 1, maximum: 60 },
    on: { type: 'string', format: 'date' },
    danger: { type: 'boolean' },
    seen: { type: 'array', items: { type: 'string', enum: ['fire', 'gas'] }, uniqueItems: true },
    owner: { type: 'object', additionalProperties: false, properties: { name: { type: 'string', maxLength: 20 } } },
    parts: {
      type: 'array', maxItems: 2,
      items: {
        type: 'object', additionalProperties: false, required: ['amount'],
        properties: { amount: { type: 'integer', minimum: 1 } },
      },
    },
  },
  if: { properties: { danger: { const: true } }, required: ['danger'] },
  then: { required: ['seen'] },
  else: { properties: { seen: false } },
}
const WORDS = {
  'field.met': '见到谁', 'field.remark': '备注', 'field.minutes': '分钟', 'field.danger': '有危险', 'field.seen': '险情',
  'field.parts': '分期', 'field.amount': '金额', 'field.owner': '业主', 'field.name': '姓名', 'choice.resident': '住户',
  'choice.fire': '消防', 'choice.gas': '燃气',
}

let drawn: VueWrapper

afterEach(() => drawn.unmount())

function draw(kit: Kit, values: Record<string, unknown> = {}): VueWrapper {
  const i18n = createI18n({ legacy: false, locale: 'zh', messages })
  drawn = mount(kit.form, {
    attachTo: document.body,
    global: { plugins: [i18n] },
    props: { schema: SCHEMA, words: WORDS, renderers: kit.renderers, modelValue: values, 'onUpdate:modelValue': (next: Record<string, unknown>) => drawn.setProps({ modelValue: next }) },
  }) as VueWrapper
  return drawn
}

const values = (): unknown => (drawn.props() as { modelValue: unknown }).modelValue
const check = (): Promise<boolean> => (drawn.vm as unknown as { check: () => Promise<boolean> }).check()
const field = (label: string) => drawn.findAll('.field').find((one) => one.find('.label').text().startsWith(label))!
const faultOf = (label: string): string => field(label).find(':scope > .fault').text()
const button = (label: string) => drawn.findAll('button').find((one) => (one.attributes('aria-label') ?? one.text()) === label)!

describe.each([['desk', deskKit], ['phone', phoneKit]] as const)('at the %s', (_, kit) => {
  test('fields have the words of the pack, their kind of input and their bounds', async () => {
    draw(kit)
    await flushPromises()
    const label = field('备注').find('label')
    const input = drawn.find(`[id='${label.attributes('for')}']`)
    expect([input.element.tagName, input.attributes('maxlength')]).toEqual(['TEXTAREA', '2000'])
    expect(field('备注').text()).toMatch(/0\s*\/\s*2000/)
    expect(field('分钟').find('input').attributes()).toMatchObject({ type: 'number', min: '1', max: '60' })
    expect(field('见到谁').find('.must').exists()).toBe(true)
    expect(field('见到谁').findAll('option').map((one) => one.text())).toEqual(['请选择', '住户', 'nobody'])
  })

  test('what is filled in has the types of the schema, and what is emptied is gone', async () => {
    draw(kit)
    await field('分钟').find('input').setValue('15')
    await field('备注').find('textarea').setValue('好')
    await field('见到谁').find('select').setValue('resident')
    await flushPromises()
    expect(values()).toEqual({ minutes: 15, remark: '好', met: 'resident' })
    await field('备注').find('textarea').setValue('')
    await field('见到谁').find('select').setValue('')
    await flushPromises()
    expect(values()).toEqual({ minutes: 15 })
  })

  test('nothing is told before somebody means to send it; then beside the field, tied to it, in our words', async () => {
    draw(kit, { minutes: 61 })
    await flushPromises()
    expect(drawn.find('.fault').exists()).toBe(false)
    expect(await check()).toBe(false)
    expect(faultOf('分钟')).toBe('数值太大，最大 60。')
    expect(faultOf('见到谁')).toBe('这里需要填写。')
    const select = field('见到谁').find('select')
    expect(select.attributes('aria-invalid')).toBe('true')
    expect(drawn.find(`[id='${select.attributes('aria-describedby')}']`).text()).toBe('这里需要填写。')
    expect(document.activeElement).toBe(select.element)
    await select.setValue('nobody')
    await field('分钟').find('input').setValue('60')
    await flushPromises()
    expect(drawn.find('.fault').exists()).toBe(false)
    expect(await check()).toBe(true)
  })

  test('a condition shows a field, demands it, and takes it out again', async () => {
    draw(kit, { met: 'nobody' })
    await flushPromises()
    expect(field('险情')).toBeUndefined()
    await field('有危险').findAll('input')[0]!.trigger('change')
    await flushPromises()
    expect(field('险情').find('.must').exists()).toBe(true)
    await field('险情').findAll('input')[1]!.setValue(true)
    await field('险情').findAll('input')[0]!.setValue(true)
    await flushPromises()
    expect(values()).toEqual({ met: 'nobody', danger: true, seen: ['fire', 'gas'] })
    await field('有危险').findAll('input')[1]!.trigger('change')
    await flushPromises()
    expect([field('险情'), values()]).toEqual([undefined, { met: 'nobody', danger: false }])
  })

  test('parts within the form are filled in; one emptied again is not there', async () => {
    draw(kit, { met: 'nobody' })
    await field('姓名').find('input').setValue('王')
    await flushPromises()
    expect(values()).toEqual({ met: 'nobody', owner: { name: '王' } })
    await field('姓名').find('input').setValue('')
    await flushPromises()
    expect(values()).toEqual({ met: 'nobody' })
  })

  test('items are added, moved and taken out; the focus goes along, and what happened is said', async () => {
    draw(kit, { met: 'nobody' })
    await flushPromises()
    await button('添加分期').trigger('click')
    await flushPromises()
    const first = drawn.find('ol input')
    expect(document.activeElement).toBe(first.element)
    expect(await check()).toBe(false)
    expect(faultOf('金额')).toBe('这里需要填写。')
    await first.setValue('10')
    await button('添加分期').trigger('click')
    await flushPromises()
    expect(button('添加分期').attributes('disabled')).toBeDefined()
    await drawn.findAll('ol input')[1]!.setValue('20')
    await drawn.findAll('ol > li > .part')[1]!.trigger('keydown', { key: 'ArrowUp', altKey: true })
    await flushPromises()
    expect(values()).toEqual({ met: 'nobody', parts: [{ amount: 20 }, { amount: 10 }] })
    expect(drawn.find('.unseen[role=status]').text()).toBe('分期 2 已移到第 1 位')
    expect((document.activeElement as HTMLElement).getAttribute('aria-label')).toBe('下移 分期 1')
    await button('删除 分期 1').trigger('click')
    await flushPromises()
    expect(values()).toEqual({ met: 'nobody', parts: [{ amount: 10 }] })
    expect((document.activeElement as HTMLElement).getAttribute('aria-label')).toBe('删除 分期 1')
    await button('删除 分期 1').trigger('click')
    await flushPromises()
    expect(values()).toEqual({ met: 'nobody' })
    expect(document.activeElement).toBe(button('添加分期').element)
  })

  test('values set from outside are shown, and what JSON Forms changed is not set again', async () => {
    draw(kit, { met: 'nobody' })
    await flushPromises()
    await drawn.setProps({ modelValue: { met: 'resident', minutes: 7 } })
    await flushPromises()
    expect((field('分钟').find('input').element as HTMLInputElement).value).toBe('7')
    expect((field('见到谁').find('select').element as HTMLSelectElement).value).toBe('resident')
  })

  test('another form begins with its own values; the same form in other words goes on', async () => {
    draw(kit, { met: 'nobody' })
    await field('分钟').find('input').setValue('7')
    await flushPromises()
    await drawn.setProps({ schema: JSON.parse(JSON.stringify(SCHEMA)) as Record<string, unknown>, words: { 'field.minutes': 'Minutes' } })
    await flushPromises()
    expect((field('Minutes').find('input').element as HTMLInputElement).value).toBe('7')
    const other = { ...SCHEMA, required: [], properties: { minutes: SCHEMA.properties.minutes } }
    await drawn.setProps({ schema: other, modelValue: {} })
    await flushPromises()
    expect((field('Minutes').find('input').element as HTMLInputElement).value).toBe('')
    expect([await check(), values()]).toEqual([true, {}])
  })
})

test('what draws a form is waited for; where it does not come one is told, and may try again', async () => {
  const i18n = createI18n({ legacy: false, locale: 'zh', messages })
  let tries = 0
  const kit = (): Promise<{ default: Kit }> => {
    tries += 1
    return tries === 1 ? Promise.reject(new Error('no line')) : Promise.resolve({ default: deskKit })
  }
  drawn = mount(PackForm, {
    attachTo: document.body,
    global: { plugins: [i18n], provide: { [KIT as symbol]: kit } },
    props: { schema: SCHEMA, words: WORDS, modelValue: { met: 'nobody' } },
  }) as unknown as VueWrapper
  expect(drawn.text()).toBe('正在加载…')
  expect(await check()).toBe(false)
  await drawn.find('button').trigger('click')
  expect(await check()).toBe(true)
  expect([field('见到谁').find('select').exists(), tries]).toEqual([true, 2])
})
