/** A CSV of one person, as the import reads it (RFC 4180). */
export function csvOf(email: string, name: string): string {
  const quoted = (text: string): string => `"${text.trim().replaceAll('"', '""')}"`;
  return `email,name\n${quoted(email)},${quoted(name)}\n`;
}

/** What somebody pastes from a mail or a sheet: with a header it is a CSV, else one address a line or between commas. */
export function csvOfPasted(text: string): string {
  const first = text.trimStart().split('\n', 1)[0]?.toLowerCase() ?? '';
  if (/(^|[,;"])\s*"?email"?\s*($|[,;"\r])/.test(first)) return text;
  const found = [...text.matchAll(/(?:"?([^"<>,;\n]*?)"?\s*<)?([^\s<>,;"]+@[^\s<>,;"]+)>?/g)];
  return `email,name\n${found.map(([, name = '', email = '']) => csvOf(email, name).split('\n')[1]).join('\n')}\n`;
}
