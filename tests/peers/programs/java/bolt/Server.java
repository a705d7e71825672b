package peers;

import com.alipay.remoting.BizContext;
import com.alipay.remoting.CustomSerializerManager;
import com.alipay.remoting.rpc.RpcServer;
import com.alipay.remoting.rpc.protocol.SyncUserProcessor;

/** {@code Server NAME PORT}. */
public final class Server {
  public static void main(String[] args) throws Exception {
    Echo echo =
        new EchoServer(args[0], name -> HeaderSerializer.received.get().get(name));
    CustomSerializerManager.registerCustomSerializer(
        Request.class.getName(), new HeaderSerializer());
    RpcServer server = new RpcServer("127.0.0.1", Integer.parseInt(args[1]));
    server.registerUserProcessor(
        new SyncUserProcessor<Request>() {
          @Override
          public Object handleRequest(BizContext context, Request request) throws Exception {
            if (request.method.equals("blob")) {
              return new Response(null, echo.blob(request.data));
            }
            return new Response((String) Caller.call(echo, request.method, request.text), null);
          }

          @Override
          public String interest() {
            return Request.class.getName();
          }
        });
    server.startup();
    Caller.print("ready", true);
    Thread.currentThread().join();
  }
}
