package peers;

import com.alipay.remoting.DefaultCustomSerializer;
import com.alipay.remoting.InvokeContext;
import com.alipay.remoting.rpc.RequestCommand;
import com.alipay.remoting.rpc.protocol.RpcRequestCommand;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** A call's metadata in Bolt's header, as SOFARPC lays them out: length, key, length, value. */
public class HeaderSerializer extends DefaultCustomSerializer {
  /** The metadata of the call at hand, in the InvokeContext of a client. */
  public static final String METADATA = "peers.metadata";

  /** The metadata of the request at hand, in a server. */
  public static final ThreadLocal<Map<String, String>> received =
      ThreadLocal.withInitial(HashMap::new);

  @Override
  public <T extends RequestCommand> boolean serializeHeader(T request, InvokeContext context) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    try {
      Map<String, String> metadata = context.get(METADATA);
      for (Map.Entry<String, String> entry : metadata.entrySet()) {
        for (String text : new String[] {entry.getKey(), entry.getValue()}) {
          byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
          out.writeInt(encoded.length);
          out.write(encoded);
        }
      }
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    ((RpcRequestCommand) request).setHeader(bytes.toByteArray());
    return true;
  }

  @Override
  public <T extends RequestCommand> boolean deserializeHeader(T request) {
    Map<String, String> metadata = new HashMap<>();
    byte[] header = ((RpcRequestCommand) request).getHeader();
    ByteBuffer in = ByteBuffer.wrap(header == null ? new byte[0] : header);
    while (in.hasRemaining()) metadata.put(text(in), text(in));
    received.set(metadata);
    return true;
  }

  private static String text(ByteBuffer in) {
    byte[] encoded = new byte[in.getInt()];
    in.get(encoded);
    return new String(encoded, StandardCharsets.UTF_8);
  }
}
