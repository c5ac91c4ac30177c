/** What a category is called where people read it: "study-skills" is kept in the address, "Study skills" is shown. */
export function categoryName(category: string): string {
  const words = category.replace(/[-_]+/g, ' ').trim();
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}
