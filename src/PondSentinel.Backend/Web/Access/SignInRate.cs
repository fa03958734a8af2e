using PondSentinel.Backend.Access;

namespace PondSentinel.Backend.Web.Access;

/// <summary>How often somebody may try a password. Nobody is locked out for long by others: who has signed in from an address before
/// does not wait for those who try the same name from elsewhere.</summary>
/// <param name="time">The clock.</param>
internal sealed class SignInRate(TimeProvider time)
{
    private readonly Buckets addresses = new(10, TimeSpan.FromSeconds(6), time);
    private readonly Buckets names = new(20, TimeSpan.FromSeconds(10), time);

    /// <summary>Takes a try.</summary>
    /// <param name="address">From where.</param>
    /// <param name="name">Whose password is tried, whether there is such an account or not.</param>
    /// <param name="isKnown">Whether that name has signed in from there before.</param>
    /// <returns>How long to wait for it; null where it may be.</returns>
    public TimeSpan? Take(string address, string name, bool isKnown) =>
        addresses.Take(NetOf(address)) ?? (isKnown ? null : names.Take(Account.KeyOf(name)));

    /// <summary>It was the right password: that was no try.</summary>
    /// <param name="address">From where.</param>
    /// <param name="name">Whose.</param>
    /// <param name="isKnown">As it was taken.</param>
    public void Return(string address, string name, bool isKnown)
    {
        addresses.Return(NetOf(address));
        if (!isKnown)
        {
            names.Return(Account.KeyOf(name));
        }
    }

    /// <summary>Who can take any address of a net has one net: the first 64 bits of IPv6.</summary>
    /// <param name="address">An address.</param>
    public static string NetOf(string address) =>
        System.Net.IPAddress.TryParse(address, out var ip) && ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? Convert.ToHexString(ip.GetAddressBytes().AsSpan(0, 8))
            : address;
}
