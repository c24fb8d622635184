// RocksDB's library is not instrumented: ThreadSanitizer sees its memory but not
// the synchronisation that guards it.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:librocksdb\n"
         "called_from_lib:librocksdb\n";
}
