package peers;

import java.io.Serializable;

/** A request that no server takes. */
public class Unknown implements Serializable {
  private static final long serialVersionUID = 1L;
  public String text = "x";
}
