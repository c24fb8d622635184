#include "client/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <thread>

#include "client/output.h"

namespace seekd::client {
namespace {

void TakeSignals(sigset_t signals, Interrupt* interrupt) {
  int signal = 0;
  sigwait(&signals, &signal);
  interrupt->Trigger();
  sigwait(&signals, &signal);
  _exit(static_cast<int>(ExitCode::kInterrupted));
}

}  // namespace

void ForwardSignals(Interrupt* interrupt) {
  signal(SIGPIPE, SIG_DFL);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread(TakeSignals, signals, interrupt).detach();
}

}  // namespace seekd::client
