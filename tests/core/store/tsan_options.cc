// RocksDB's library is not instrumented: ThreadSanitizer would see its memcpy and
// delete (they are intercepted) but not the synchronisation that guards them.
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }
