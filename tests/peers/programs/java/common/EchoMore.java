package peers;

/** The interface that clients have: the servers lack its method. */
public interface EchoMore {
  String missing(String text);
}
