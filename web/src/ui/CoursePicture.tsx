/** A course's picture; without one, a calm pattern of its own that is always the same. */
export function CoursePicture({ url, alt, seed, first = false }: { url: string; alt: string; seed: string; /** Seen before anything is scrolled: fetched at once. */ first?: boolean }) {
  if (url) return <img className="course-picture" src={url} alt={alt} loading={first ? 'eager' : 'lazy'} width={640} height={300} />;
  const numbers = Array.from(seed.replace(/[^0-9a-f]/gi, '').slice(-12), (digit) => parseInt(digit, 16));
  const at = (index: number): number => numbers[index] ?? 7;
  return (
    <svg className={`course-picture pattern-${at(0) % 4}`} viewBox="0 0 320 150" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="320" height="150" className="pattern-ground" />
      <path className="pattern-grid" d="M0 30H320M0 60H320M0 90H320M0 120H320M40 0V150M80 0V150M120 0V150M160 0V150M200 0V150M240 0V150M280 0V150" />
      <path className="pattern-line" d={`M20 ${60 + at(1) * 5}L${70 + at(2) * 4} ${20 + at(3) * 5}L${170 + at(4) * 3} ${30 + at(5) * 6}`} />
      <path className="pattern-curve" d={`M${150 - at(6) * 3} ${140 - at(7) * 3}Q${200 + at(8) * 2} ${at(9) * 8} 310 ${30 + at(10) * 6}`} />
      <circle className="pattern-dot" cx={170 + at(4) * 3} cy={30 + at(5) * 6} r="7" />
    </svg>
  );
}
