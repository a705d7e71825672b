package peers;

import java.io.Serializable;

/** A call of {@link Echo}: SOFABolt knows no methods, only objects and their classes. */
public class Request implements Serializable {
  private static final long serialVersionUID = 1L;
  public String method;
  public String text;
  public byte[] data;

  public Request(String method, String text) {
    this.method = method;
    this.text = text;
  }
}
