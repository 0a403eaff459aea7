/** Without the environment prefix, which the bus adds. */
export const ENROLMENT_TOPIC = 'course-enrollments';
