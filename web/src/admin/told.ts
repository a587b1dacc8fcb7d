// A procedure told in sentences, in sections: after an empty line comes a heading.
export interface Section {
  title: string
  lines: { text: string; isInner: boolean }[]
}

export function sectionsOf(text: string): Section[] {
  const sections: Section[] = []
  let isHead = false
  for (const line of text.split('\n')) {
    if (!line.trim()) isHead = true
    else if (isHead || !sections.length) {
      sections.push({ title: line.trim(), lines: [] })
      isHead = false
    } else sections.at(-1)?.lines.push({ text: line.trim(), isInner: /^\s/.test(line) })
  }
  return sections
}
