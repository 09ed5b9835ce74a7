/* libpq, and poll(2) to wait on its socket with a time limit. */
#include <libpq-fe.h>
#include <poll.h>
