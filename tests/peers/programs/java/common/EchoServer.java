package peers;

import java.util.function.Supplier;

/** Does what {@link Echo} says, by the name that it was given. */
public class EchoServer implements Echo {
  private final String name;
  private final Supplier<String> user;

  /** @param user the attachment of that name of the call at hand */
  public EchoServer(String name, Supplier<String> user) {
    this.name = name;
    this.user = user;
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
  public String user(String text) {
    return echo(user.get());
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
