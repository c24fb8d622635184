// SIGINT and SIGTERM become an Interrupt; a second one ends the program at once.
#ifndef SEEKD_CLIENT_SIGNALS_H_
#define SEEKD_CLIENT_SIGNALS_H_

#include "client/interrupt.h"

namespace seekd::client {

// Blocks both signals in this thread and in those it starts, and starts the
// thread that takes them. Called once, before any other thread exists; also
// restores the default of SIGPIPE, so that `seek dump | head` ends quietly.
// `interrupt` lives until the program ends.
void ForwardSignals(Interrupt* interrupt);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_SIGNALS_H_
