/** Connect's declarations count on this name of the DOM's, which Node's do not have. */
type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;
