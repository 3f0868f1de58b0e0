import { type RefObject, useEffect, useRef, useState } from "react";
import { ApiError } from "@/api/client";

export interface Submit {
  form: RefObject<HTMLFormElement | null>;
  busy: boolean;
  /** What went wrong as a whole; null while only single fields are wrong. */
  problem: ApiError | null;
  /** What is wrong, by field name. */
  errors: Record<string, string>;
  run: (work: () => Promise<void>, check?: Record<string, string | false | null | undefined>) => Promise<void>;
  clear: (...names: string[]) => void;
}

/** One way to send a form: local checks, errors beside their fields, focus to the first of them. */
export function useSubmit(): Submit {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [round, setRound] = useState(0);

  useEffect(() => {
    if (round) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [round]);

  const run: Submit["run"] = async (work, check = {}) => {
    if (busy) return;
    const wrong = Object.fromEntries(Object.entries(check).filter((e): e is [string, string] => !!e[1]));
    setProblem(null);
    setErrors(wrong);
    if (Object.keys(wrong).length) {
      setRound((n) => n + 1);
      return;
    }
    setBusy(true);
    try {
      await work();
    } catch (e) {
      const error = e instanceof ApiError ? e : new ApiError({ status: 0, code: "network", title: "", detail: "", fields: [], request_id: null });
      setErrors(Object.fromEntries(error.fields.map((f) => [f.field, f.detail])));
      if (!error.fields.length) setProblem(error);
      setRound((n) => n + 1);
    } finally {
      setBusy(false);
    }
  };

  const clear = (...names: string[]) => {
    setProblem(null);
    setErrors((now) => (names.some((n) => n in now) ? Object.fromEntries(Object.entries(now).filter(([k]) => !names.includes(k))) : now));
  };

  return { form, busy, problem, errors, run, clear };
}
