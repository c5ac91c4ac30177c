/** Our own packages are zips; Open edX writes tar.gz. */
export function formatOf(filename: string): 'olx' | 'course' {
  return /\.(zip|stoa)$/i.test(filename) ? 'course' : 'olx';
}
