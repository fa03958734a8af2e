using System.Net.Sockets;
using PondSentinel.Backend;

namespace PondSentinel.Tests.Backend;

public sealed class FolderClaimTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-claim-").FullName;

    [Fact]
    public void Folder_that_is_in_use_is_told_as_such_and_is_free_afterwards()
    {
        using (FolderClaim.Take(folder))
        {
            Assert.StartsWith(
                $"Another pond-backend uses the folder {folder}. ", Assert.Throws<IOException>(() => FolderClaim.Take(folder)).Message,
                StringComparison.Ordinal);
        }

        FolderClaim.Take(folder).Dispose();
    }

    [Fact]
    public void Lock_that_cannot_be_opened_is_not_blamed_on_another_backend()
    {
        // Of no use as a file to anybody, root included.
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "pond-backend.lock")));
        Assert.StartsWith(
            $"The folder {folder} cannot be used (", Assert.Throws<IOException>(() => FolderClaim.Take(folder)).Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
