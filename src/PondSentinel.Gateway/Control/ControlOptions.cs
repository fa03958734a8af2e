namespace PondSentinel.Gateway.Control;

/// <summary>Where a running gateway takes orders, section <c>[control]</c>.</summary>
public sealed record ControlOptions
{
    /// <summary>Bytes that the path of a unix domain socket may have: <c>sun_path</c> of sys/un.h without the zero at its end.
    /// </summary>
    public const int SocketBytesMax = 107;

    /// <summary>The socket, a whole path of at most <see cref="SocketBytesMax"/> bytes.</summary>
    public required string Socket { get; init; }

    /// <summary>Where it is when nobody says otherwise: beside the buffer's folder, whose files are the buffer's alone.</summary>
    /// <param name="buffer">The buffer's folder.</param>
    /// <param name="gateway">Name of the gateway.</param>
    public static string BesideBuffer(string buffer, string gateway) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(buffer)) ?? "/", $"control-{gateway}.sock");
}
