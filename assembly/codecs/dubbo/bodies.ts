/** The serializations that are read: each adds itself. */
import "./hessian2/body";
import "./fastjson2/body";
import "./json/body";
import "./java/body";
import "./protobuf/body";
import "./avro/body";
import "./protostuff/body";
import "./messagepack/body";
