package peers;

/** What the servers of all frameworks offer. Answers begin with the server's name: {@code v1:}. */
public interface Echo {
  String echo(String text);

  String other(String text);

  /** Routed to nobody: the tests' routes refuse it. */
  String refused(String text);

  /** Routed to a server that is not there. */
  String dead(String text);

  /** The attachment of this name as the server sees it. */
  String attachment(String name);

  String sleep(int ms);

  /** @throws EchoException always: an exception that the interface declares */
  String fail(String text) throws EchoException;

  /** Always throws an exception that the interface does not declare. */
  String crash(String text);

  /** The same bytes, each flipped. */
  byte[] blob(byte[] data);

  /** Oneway. */
  void tell(String text);
}
