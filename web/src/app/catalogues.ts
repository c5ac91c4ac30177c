import { declareCatalogues } from '@lib/i18n';

type Load = Parameters<typeof declareCatalogues>[0][string];

const shell = import.meta.glob<Awaited<ReturnType<Load>>>('../i18n/*.json');
const ui = import.meta.glob<Awaited<ReturnType<Load>>>('../ui/i18n/*.json');
const features = import.meta.glob<Awaited<ReturnType<Load>>>('../features/*/i18n/*.json');

/** Find every catalogue: src/i18n is "shell", src/ui/i18n is "ui" (with every page), src/features/<name>/i18n is "<name>". */
export function findCatalogues(): void {
  const found: Record<string, Load> = {};
  for (const [path, load] of Object.entries(shell)) found[`shell/${path.slice(-7, -5)}`] = load;
  for (const [path, load] of Object.entries(ui)) found[`ui/${path.slice(-7, -5)}`] = load;
  for (const [path, load] of Object.entries(features)) found[`${path.split('/')[2]}/${path.slice(-7, -5)}`] = load;
  declareCatalogues(found);
}
