using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Broker;

/// <summary>Certificates that <c>deploy/pki/pki.sh</c> makes, in a folder of the test.</summary>
internal sealed class PkiFolder(string folder)
{
    private static readonly string Script = System.IO.Path.Combine(Checkout.Root, "deploy/pki/pki.sh");

    /// <summary>The folder.</summary>
    public string Path { get; } = folder;

    /// <summary>Who has signed them.</summary>
    public string Authority => System.IO.Path.Combine(Path, "ca/ca.pem");

    /// <summary>The list of revoked ones.</summary>
    public string RevocationList => System.IO.Path.Combine(Path, "crl.pem");

    /// <summary>The file of a certificate.</summary>
    public string Certificate(string name, int number = 1) => System.IO.Path.Combine(Path, $"issued/{name}/{number}/{name}.pem");

    /// <summary>The file of its key.</summary>
    public string Key(string name, int number = 1) => System.IO.Path.ChangeExtension(Certificate(name, number), ".key");

    /// <summary>Runs the script, with the umask that most users have; it must succeed.</summary>
    public async Task<string> RunAsync(params IEnumerable<string> arguments)
    {
        var (code, output, error) = await TryAsync(arguments);
        Assert.True(code == 0, $"pki.sh {string.Join(' ', arguments)} ended with {code}: {error}{output}");
        return output;
    }

    /// <summary>Runs the script.</summary>
    public Task<(int Code, string Output, string Error)> TryAsync(params IEnumerable<string> arguments) =>
        RunWithPathAsync(null, arguments);

    /// <summary>Runs the script with programs of a folder before those of the system.</summary>
    public Task<(int Code, string Output, string Error)> RunWithPathAsync(string? before, params IEnumerable<string> arguments) =>
        Command.TryAsync(
            "/bin/sh",
            ["-c", "umask 022; PATH=$1:$PATH; shift; exec \"$@\"", "sh", before ?? "/usr/bin", Script, "--folder", Path, .. arguments]);
}
