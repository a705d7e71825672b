package peers;

import com.baidu.brpc.protocol.Options;
import com.baidu.brpc.server.RpcServer;
import com.baidu.brpc.server.RpcServerOptions;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.StringValue;

/** {@code Server NAME PORT}. */
public final class Server implements ProtoEcho {
  private final Echo echo;

  private Server(String name) {
    echo = new EchoServer(name, attachment -> null);
  }

  private StringValue call(String method, StringValue text) {
    try {
      return StringValue.of((String) Caller.call(echo, method, text.getValue()));
    } catch (Exception error) {
      throw new IllegalStateException(error.getMessage());
    }
  }

  @Override
  public StringValue echo(StringValue text) {
    return call("echo", text);
  }

  @Override
  public StringValue other(StringValue text) {
    return call("other", text);
  }

  @Override
  public StringValue refused(StringValue text) {
    return call("refused", text);
  }

  @Override
  public StringValue dead(StringValue text) {
    return call("dead", text);
  }

  @Override
  public StringValue sleep(StringValue ms) {
    return call("sleep", ms);
  }

  @Override
  public StringValue fail(StringValue text) {
    return call("fail", text);
  }

  @Override
  public StringValue crash(StringValue text) {
    return call("crash", text);
  }

  @Override
  public BytesValue blob(BytesValue data) {
    return BytesValue.of(ByteString.copyFrom(echo.blob(data.getValue().toByteArray())));
  }

  public static void main(String[] args) throws Exception {
    RpcServerOptions options = new RpcServerOptions();
    options.setProtocolType(Options.ProtocolType.PROTOCOL_BAIDU_STD_VALUE);
    // A thread for each of the calls in flight.
    options.setWorkThreadNum(60);
    RpcServer server = new RpcServer("127.0.0.1", Integer.parseInt(args[1]), options);
    server.registerService(new Server(args[0]));
    server.start();
    Caller.print("ready", true);
    Thread.currentThread().join();
  }
}
