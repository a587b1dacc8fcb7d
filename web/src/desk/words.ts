// What these screens say. Words of procedures come from packs, never from here.
const zh = {}

const en: typeof zh = {}

export default { zh: { desk: zh }, en: { desk: en } }
