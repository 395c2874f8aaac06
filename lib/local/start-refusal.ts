/** A reason not to start that the person at the keyboard can do something about: shown as one sentence, without a stack. */
export class StartRefusal extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = "StartRefusal";
  }
}
