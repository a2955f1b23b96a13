/** What `npm run doctor` looks for because of one feature. */
export interface DoctorFacts {
  /** A CRD that another installation of the same tool would bring, and how people call that. */
  crd?: { name: string; installation: string };
  /** CPU architectures that its images are made for (`kubernetes.io/arch`), where not for all. */
  architectures?: { names: readonly string[]; fix: string };
}
