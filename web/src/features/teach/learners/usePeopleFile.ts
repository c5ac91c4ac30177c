import { useEffect, useRef, useState } from 'react';

import { useImportSeatsMutation, useLazySeatImportQuery, type PeopleReport } from '@lib/api/enrollment';

const EVERY_MS = 700;

/** Sends a file of people; a long one is worked off by the server, and asked after until it is done. */
export function usePeopleFile(course: string) {
  const [start, { isLoading, error, reset }] = useImportSeatsMutation();
  const [ask, { error: lost }] = useLazySeatImportQuery();
  const [share, setShare] = useState<number | null>(null);
  const isOpen = useRef(true);
  useEffect(() => {
    isOpen.current = true;
    return () => {
      isOpen.current = false;
    };
  }, []);

  const send = async (csv: string, dryRun: boolean): Promise<PeopleReport | undefined> => {
    let report = (await start({ course, dryRun, peopleFile: { csv } })).data;
    while (report && report.state !== 'done' && isOpen.current) {
      setShare(report.total === 0 ? null : report.done / report.total);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      report = (await ask({ course, importId: report.import_id })).data;
    }
    setShare(null);
    return isOpen.current ? report : undefined;
  };
  return { send, isLoading: isLoading || share !== null, error: error ?? lost, reset, share };
}
