namespace PondSentinel.SystemTests.Buffering;

/// <summary>Runs a program under strace, which changes what the kernel answers.</summary>
internal static class Strace
{
    /// <summary>The words to put before a command.</summary>
    /// <param name="injection">What to change, in strace's words: <c>fsync:error=EIO:when=2</c>.</param>
    /// <param name="paths">Only calls on these files or folders; none for all calls.</param>
    /// <remarks>The program keeps its own process, so signals reach it; strace runs beside it.</remarks>
    public static IReadOnlyList<string> Injecting(string injection, params IEnumerable<string> paths) =>
    [
        "strace", "-D", "-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null",
        .. paths.SelectMany(path => new[] { "-P", path }),
        "-e", $"trace={injection.Split(':')[0]}", "-e", $"inject={injection}",
    ];
}
