/** Forms in which a private key travels (age, PEM, OpenSSH), whoever's it is: nothing for a support bundle. */
const forms = [/BEGIN AGE ENCRYPTED FILE/, /-----BEGIN [A-Z ]*PRIVATE KEY-----/, /AGE-SECRET-KEY-1/];

/** The form that a text holds; undefined if it holds none. */
export const secretFormIn = (text: string): string | undefined =>
  forms.find((form) => form.test(text))?.source;
