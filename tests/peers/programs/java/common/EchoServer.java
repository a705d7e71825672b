package peers;

import java.util.function.UnaryOperator;

/** Does what {@link Echo} says, by the name that it was given. */
public class EchoServer implements Echo {
  private final String name;
  private final UnaryOperator<String> attachments;

  /** @param attachments an attachment of the call at hand by its name, or null */
  public EchoServer(String name, UnaryOperator<String> attachments) {
    this.name = name;
    this.attachments = attachments;
  }

  @Override
  public String echo(String text) {
    return name + ":" + text;
  }

  @Override
  public String other(String text) {
    return echo(text);
  }

  @Override
  public String refused(String text) {
    return echo(text);
  }

  @Override
  public String dead(String text) {
    return echo(text);
  }

  @Override
  public String attachment(String name) {
    String value = attachments.apply(name);
    return echo(value == null ? "" : value);
  }

  @Override
  public String sleep(int ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return echo("slept " + ms);
  }

  @Override
  public String fail(String text) throws EchoException {
    throw new EchoException(echo(text));
  }

  @Override
  public String crash(String text) {
    throw new IllegalStateException(echo(text));
  }

  @Override
  public byte[] blob(byte[] data) {
    return Caller.flipped(data);
  }

  @Override
  public void tell(String text) {
    Caller.print("told", text);
  }
}
