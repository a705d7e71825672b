package peers;

import java.io.Serializable;

public class Response implements Serializable {
  private static final long serialVersionUID = 1L;
  public String text;
  public byte[] data;

  public Response(String text, byte[] data) {
    this.text = text;
    this.data = data;
  }
}
