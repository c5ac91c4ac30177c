// Classes on air and the people in them, for the journeys of a live class.
import { open } from './browser.mjs';
import { apiOf } from './course.mjs';

/** A class of this run, on air, that takes guests; returned with its code. */
export async function classOnAir(url, title) {
  const teacher = await apiOf(url, 'instructor');
  const starts = new Date(Date.now() + 60_000);
  const { first } = await teacher('POST', '/live/classes', {
    title,
    starts_at: starts.toISOString(),
    ends_at: new Date(starts.getTime() + 3_600_000).toISOString(),
    time_zone: 'Europe/Athens',
    settings: { takes_guests: true },
  });
  const { code } = await teacher('POST', `/live/classes/${first.id}/start`, {});
  return { id: first.id, code };
}

export async function guest(browser, url, code, name, see = { width: 390, height: 844 }) {
  const held = await open(browser, `${url}/join/${code}`, see);
  await held.page.locator('input[autocomplete=nickname]').fill(name);
  await held.page.locator('main button[type=submit]').click();
  await held.page.locator('.room h1').waitFor();
  return held;
}

/** The whiteboard on the stage, with the program that draws it. */
export async function showBoard(page) {
  await page.getByRole('button', { name: 'Whiteboard', exact: true }).click();
  await page.locator('.board-canvas canvas.interactive').waitFor();
}
