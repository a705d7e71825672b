package peers;

import com.google.protobuf.BytesValue;
import com.google.protobuf.StringValue;

/** {@link Echo} with messages of protobuf. */
public interface ProtoEcho {
  StringValue echo(StringValue text);

  StringValue other(StringValue text);

  StringValue refused(StringValue text);

  StringValue dead(StringValue text);

  StringValue sleep(StringValue ms);

  StringValue fail(StringValue text);

  StringValue crash(StringValue text);

  BytesValue blob(BytesValue data);
}
