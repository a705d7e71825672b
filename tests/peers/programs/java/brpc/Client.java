package peers;

import com.baidu.brpc.client.BrpcProxy;
import com.baidu.brpc.client.RpcClient;
import com.baidu.brpc.client.RpcClientOptions;
import com.baidu.brpc.client.channel.ChannelType;
import com.baidu.brpc.protocol.Options;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.StringValue;
import java.lang.reflect.InvocationTargetException;

/** {@code Client PORT}: see {@link Caller}. Attachments, oneway calls: not in brpc-java. */
public final class Client {
  public static void main(String[] args) throws Exception {
    ProtoEcho echo = BrpcProxy.getProxy(client(args[0]), ProtoEcho.class);

    Caller.run(
        (method, arg, attachments) -> {
          if (method.equals("blob")) {
            byte[] data = Caller.bytes(Integer.parseInt(arg));
            BytesValue answer = echo.blob(BytesValue.of(ByteString.copyFrom(data)));
            return Caller.checked(data, answer.getValue().toByteArray());
          }
          try {
            Object answer =
                ProtoEcho.class
                    .getMethod(method, StringValue.class)
                    .invoke(echo, StringValue.of(arg));
            return ((StringValue) answer).getValue();
          } catch (InvocationTargetException error) {
            throw error.getCause();
          }
        });
  }

  private static RpcClient client(String port) {
    RpcClientOptions options = new RpcClientOptions();
    options.setProtocolType(Options.ProtocolType.PROTOCOL_BAIDU_STD_VALUE);
    options.setChannelType(ChannelType.SINGLE_CONNECTION);
    options.setReadTimeoutMillis(8000);
    options.setWriteTimeoutMillis(8000);
    options.setMaxTryTimes(1);
    return new RpcClient("list://127.0.0.1:" + port, options);
  }
}
