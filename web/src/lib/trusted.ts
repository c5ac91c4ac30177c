/** The app's one Trusted Types policy. HTML is sanitised by the server at publish; nothing else may become markup. */
type Policy = { createHTML: (html: string) => string; createScriptURL: (url: string) => string };
type Factory = { createPolicy: (name: string, rules: Policy) => Policy };

const rules: Policy = {
  createHTML: (html) => html,
  createScriptURL: (url) => {
    if (url !== '/sw.js') throw new TypeError(`not a script of ours: ${url}`);
    return url;
  },
};

const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;

export const trusted: Policy = factory ? factory.createPolicy('stoa', rules) : rules;
