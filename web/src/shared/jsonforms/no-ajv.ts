// Stands where JSON Forms' core imports Ajv and its formats: forms are always given a validator that interprets.
export default function noAjv(): never {
  throw new Error('a form was drawn without its validator')
}
