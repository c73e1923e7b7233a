import { type ChangeEvent, type FormEvent, type RefCallback, useRef, useState } from "react";

/** What a field of text must be. Lengths are counted in characters, after blanks at its ends are taken off. */
export interface TextRule {
  least?: number;
  most?: number;
  pattern?: RegExp;
  /** Keeps blanks at the ends, as in a password. */
  untrimmed?: boolean;
}

export type TextRules<Name extends string> = Record<Name, TextRule>;

/** What is wrong with a field: by its rule, or in words where the gateway said so. */
export interface TextFault {
  type?: "too_small" | "too_big" | "pattern";
  message?: string;
}

type Values<Name extends string> = Record<Name, string>;
type Faults<Name extends string> = Partial<Record<Name, TextFault>>;

/** Checks values whose fields are all text, and gives them clean. */
export function checkTexts<Name extends string>(
  rules: TextRules<Name>,
  values: Values<Name>,
): { values: Values<Name>; errors: Faults<Name> } {
  const clean = { ...values };
  const errors: Faults<Name> = {};
  for (const name of Object.keys(rules) as Name[]) {
    const rule = rules[name];
    if (!rule.untrimmed) clean[name] = values[name].trim();
    const type = faultOf(clean[name], rule);
    if (type) errors[name] = { type };
  }
  return { values: clean, errors };
}

function faultOf(text: string, { least = 0, most = Number.POSITIVE_INFINITY, pattern }: TextRule): TextFault["type"] {
  const length = [...text].length;
  if (length < least) return "too_small";
  if (length > most) return "too_big";
  return pattern && !pattern.test(text) ? "pattern" : undefined;
}

type Input = HTMLInputElement | HTMLTextAreaElement;

export interface TextForm<Name extends string> {
  formState: {
    errors: Faults<Name>;
    isSubmitting: boolean;
    /** The fields that hold something else than was given. */
    dirtyFields: Partial<Record<Name, true>>;
    isDirty: boolean;
  };
  /** What ties an input to its field. */
  register: (name: Name) => { name: Name; value: string; onChange: (event: ChangeEvent<Input>) => void; ref: RefCallback<Input> };
  /** Checks, and hands clean values on; else leads to the first field at fault. */
  handleSubmit: (send: (values: Values<Name>) => Promise<void>) => (event?: FormEvent) => void;
  /** Forgets what was typed. */
  reset: () => void;
  setError: (name: Name, fault: TextFault) => void;
  setFocus: (name: Name) => void;
}

/**
 * A form whose fields are all text. It is checked when it is sent, and from then on with every change. Values that are given anew show
 * in the fields that nobody has touched.
 */
export function useTextForm<Name extends string>(rules: TextRules<Name>, given: Values<Name>): TextForm<Name> {
  const names = Object.keys(rules) as Name[];
  const [typed, setTyped] = useState<Partial<Values<Name>>>({});
  const [told, setTold] = useState<Faults<Name>>({});
  const [tried, setTried] = useState(false);
  const [isSubmitting, setSubmitting] = useState(false);
  const inputs = useRef(new Map<Name, Input>());
  const values: Values<Name> = { ...given, ...typed };
  const errors: Faults<Name> = { ...(tried && checkTexts(rules, values).errors), ...told };
  const setFocus = (name: Name) => inputs.current.get(name)?.focus();
  const send = async (run: (values: Values<Name>) => Promise<void>) => {
    const checked = checkTexts(rules, values);
    const bad = names.find((name) => checked.errors[name]);
    setTried(true);
    setTold({});
    if (bad) return setFocus(bad);
    setSubmitting(true);
    try {
      await run(checked.values);
    } finally {
      setSubmitting(false);
    }
  };
  const dirty = names.filter((name) => values[name] !== given[name]);
  const dirtyFields = Object.fromEntries(dirty.map((name) => [name, true])) as Partial<Record<Name, true>>;
  return {
    formState: { errors, isSubmitting, dirtyFields, isDirty: dirty.length > 0 },
    register: (name) => ({
      name,
      value: values[name],
      onChange: (event) => {
        const { value } = event.target;
        setTyped((now) => ({ ...now, [name]: value }));
        setTold(({ [name]: _, ...rest }) => rest as Faults<Name>);
      },
      ref: (input) => {
        if (input) inputs.current.set(name, input);
        else inputs.current.delete(name);
      },
    }),
    handleSubmit: (run) => (event) => {
      event?.preventDefault();
      void send(run);
    },
    reset: () => {
      setTyped({});
      setTold({});
      setTried(false);
    },
    setError: (name, fault) => setTold((now) => ({ ...now, [name]: fault })),
    setFocus,
  };
}
