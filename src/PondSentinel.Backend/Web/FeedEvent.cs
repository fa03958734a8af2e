using System.Text;

namespace PondSentinel.Backend.Web;

/// <summary>What open pages are told, in the form of server-sent events: written and packed once for all of them.</summary>
internal sealed class FeedEvent
{
    private readonly Lazy<byte[]> packed;

    /// <summary>Writes it.</summary>
    /// <param name="type">Its type: <c>snapshot</c> or <c>pulse</c>.</param>
    /// <param name="data">One line of JSON.</param>
    public FeedEvent(string type, string data)
    {
        (EventType, Data) = (type, data);
        var bytes = Encoding.UTF8.GetBytes($"event: {type}\ndata: {data}\n\n");
        (Bytes, packed) = (bytes, new Lazy<byte[]>(() => Packing.Part(bytes)));
    }

    /// <summary>Its type.</summary>
    public string EventType { get; }

    /// <summary>One line of JSON.</summary>
    public string Data { get; }

    /// <summary>As it goes to a client that takes no packed stream.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>As a part of a packed stream.</summary>
    public ReadOnlyMemory<byte> Packed => packed.Value;
}
