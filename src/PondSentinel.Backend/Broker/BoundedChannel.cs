using System.Buffers;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Channel;
using MQTTnet.Exceptions;

namespace PondSentinel.Backend.Broker;

/// <summary>A connection that ends as soon as a client announces too large a packet, before any room is made for it.</summary>
/// <remarks>A packet begins with one byte and then its length in one to four bytes of seven bits (MQTT 5, 1.5.5 and 2.1.4).
/// </remarks>
/// <param name="inner">The connection.</param>
/// <param name="packetBytesMax">Largest packet, bytes after its length.</param>
/// <param name="refused">Told of the size of one that is larger.</param>
internal sealed class BoundedChannel(IMqttChannel inner, int packetBytesMax, Action<long> refused) : IMqttChannel
{
    private const int LengthBytesMax = 4;

    private State state = State.First;
    private long length;
    private int lengthBytes;
    private long bodyLeft;

    private enum State
    {
        First,
        Length,
        Body,
    }

    /// <inheritdoc/>
    public X509Certificate2? ClientCertificate => inner.ClientCertificate;

    /// <inheritdoc/>
    public EndPoint RemoteEndPoint => inner.RemoteEndPoint;

    /// <inheritdoc/>
    public EndPoint LocalEndPoint => inner.LocalEndPoint;

    /// <inheritdoc/>
    public bool IsSecureConnection => inner.IsSecureConnection;

    /// <inheritdoc/>
    public Task ConnectAsync(CancellationToken cancellationToken) => inner.ConnectAsync(cancellationToken);

    /// <inheritdoc/>
    public Task DisconnectAsync(CancellationToken cancellationToken) => inner.DisconnectAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        var read = await inner.ReadAsync(buffer, offset, count, cancellationToken);
        Follow(buffer.AsSpan(offset, read));
        return read;
    }

    /// <inheritdoc/>
    public Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer, isEndOfPacket, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();

    private void Follow(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (state == State.Body)
            {
                var taken = (int)Math.Min(bodyLeft, bytes.Length);
                bytes = bytes[taken..];
                bodyLeft -= taken;
                state = bodyLeft == 0 ? State.First : State.Body;
                continue;
            }

            if (state == State.First)
            {
                (state, length, lengthBytes) = (State.Length, 0, 0);
            }
            else
            {
                FollowLength(bytes[0]);
            }

            bytes = bytes[1..];
        }
    }

    private void FollowLength(byte next)
    {
        length |= (long)(next & 0x7F) << (7 * lengthBytes);
        lengthBytes++;
        if ((next & 0x80) != 0 && lengthBytes < LengthBytesMax)
        {
            return;
        }

        if (length > packetBytesMax)
        {
            refused(length);
            throw new MqttProtocolViolationException("The packet is larger than this broker takes.");
        }

        (state, bodyLeft) = (length == 0 ? State.First : State.Body, length);
    }
}
