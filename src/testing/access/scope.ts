/** What a permission is needed for. */
export interface Scope {
  readonly organizationId: string;
  /** The project, or the project grant, that administrators of just that may do it in. */
  readonly resourceId?: string | undefined;
  /** A user who may do it without the permission: to themself. */
  readonly self?: string | undefined;
}
