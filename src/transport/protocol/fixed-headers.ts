/** Headers that never change once they are made, in the form as well in which they are sent. */
export class FixedHeaders extends Headers {
  readonly entriesToSend: readonly (readonly [name: string, value: string])[];

  constructor(headers: Headers) {
    super(headers);
    this.entriesToSend = [...this];
  }
}
