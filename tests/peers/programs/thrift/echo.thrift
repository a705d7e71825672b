/**
 * What the servers offer; tests/peers/programs/java/common/Echo.java says what each method does.
 * The code in generated/ is made from this by the compiler 0.17.0:
 *
 *     thrift -gen py:dynamic -out generated/python echo.thrift
 *     thrift -gen js:node,es6 -out generated/node echo.thrift
 *     thrift -gen go:package_prefix=peers/,skip_remote -out generated/go echo.thrift
 */
namespace py peers
namespace js peers
namespace go peers

exception EchoException {
  1: string message
}

service Echo {
  string echo(1: string text),
  string other(1: string text),
  string refused(1: string text),
  string dead(1: string text),
  string attachment(1: string name),
  string sleep(1: i32 ms),
  string fail(1: string text) throws (1: EchoException error),
  string crash(1: string text),
  binary blob(1: binary data),
  oneway void tell(1: string text)
}

service EchoMore extends Echo {
  string missing(1: string text)
}
