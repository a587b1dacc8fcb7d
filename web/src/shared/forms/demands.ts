// Whether a form asks for something at once, or only offers to be filled in.
export function demands(schema: Record<string, unknown> | undefined): boolean {
  return Array.isArray(schema?.required) && schema.required.length > 0
}
